"""The contact sheet: one HTML page that shows each upload next to its variants, and compares them.

`fetching` downloads the pictures, `timing` reads the times from the function's log, `rows` and `totals` compute what
the page shows, and `page` writes it.
"""
