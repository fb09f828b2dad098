"""Deploying to an AWS account: what happens behind `pipeline up --stack aws` and `pipeline down --stack aws`."""
