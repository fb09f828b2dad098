"""The contact sheet: one HTML page that shows each upload beside its variants, and compares them.

`fetching` gets the pictures, `timing` what the function's log says, `rows` and `totals` are what the page shows of
them, `page` writes it.
"""
