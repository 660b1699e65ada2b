import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Say until when customers wait, with a way to take it back. */
function snoozed(env, {params}) {
    const close = env.services.notification.add(params.message, {
        type: "success",
        buttons: [
            {
                name: _t("Undo"),
                onClick: async () => {
                    close();
                    await env.services.orm.call(
                        "customer.lifecycle.today",
                        "action_unsnooze",
                        [params.ids],
                    );
                    env.services.action.doAction("soft_reload");
                },
            },
        ],
    });
    return {type: "ir.actions.act_window_close"};
}

registry.category("actions").add("lifecycle_snoozed", snoozed);
