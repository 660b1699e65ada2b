"""What happens once, when the addon is installed or removed."""


def post_init_hook(env):
    """Queue every customer of every company, silently.

    The cards are then built by the scheduled action in committed batches, so that
    an interrupted first day is taken up again where it stopped.
    """
    companies = env["res.company"].search([])
    companies._guess_lifecycle_tz()
    companies._propose_lifecycle_properties()
    env["customer.lifecycle.fit"]._fit(companies)
    env["customer.lifecycle.change"]._mark_everybody("arrival")
    # now, so that a preview and what follows it draw the same control group
    env["customer.lifecycle.gate"]._control_key()


def uninstall_hook(env):
    """Remove what the uninstallation of a module does not.

    The pending wake-ups, and the questions about promises: their type could not go.
    What else people have to do stays, as a to-do.
    """
    env["mail.activity"].with_context(active_test=False).search(
        [("res_model", "=", "customer.lifecycle.commitment")]
    ).unlink()
    types = env["ir.model.data"].search(
        [("module", "=", "customer_lifecycle"), ("model", "=", "mail.activity.type")]
    )
    left = (
        env["mail.activity"]
        .with_context(active_test=False)
        .search([("activity_type_id", "in", types.mapped("res_id"))])
    )
    left.activity_type_id = env.ref(
        "mail.mail_activity_data_todo", raise_if_not_found=False
    )
    env["ir.cron.trigger"].search(
        [("cron_id.model_id.model", "=", "customer.lifecycle.refresh")]
    ).unlink()
