"""Build the asset bundles of a database ahead of time. Run in an Odoo shell."""

env["ir.qweb"]._pregenerate_assets_bundles()  # noqa: F821
env.cr.commit()  # noqa: F821
