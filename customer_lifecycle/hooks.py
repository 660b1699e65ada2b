"""What happens once, when the addon is installed or removed."""


def post_init_hook(env):
    """Queue every customer of every company, silently.

    The cards are then built by the scheduled action in committed batches, so that
    an interrupted first day is taken up again where it stopped.
    """
    companies = env["res.company"].search([])
    companies._guess_lifecycle_tz()
    env["customer.lifecycle.fit"]._fit(companies)
    env["customer.lifecycle.change"]._mark_everybody("arrival")
    # now, so that a preview and what follows it draw the same control group
    env["customer.lifecycle.gate"]._control_key()


def uninstall_hook(env):
    """Remove what the uninstallation of a module does not.

    The pending wake-ups, and the questions about promises: their type could not go.
    """
    env["mail.activity"].with_context(active_test=False).search(
        [("res_model", "=", "customer.lifecycle.commitment")]
    ).unlink()
    env["ir.cron.trigger"].search(
        [("cron_id.model_id.model", "=", "customer.lifecycle.refresh")]
    ).unlink()
