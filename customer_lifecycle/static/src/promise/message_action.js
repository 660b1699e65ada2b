import {Store} from "@mail/core/common/store_service";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {registerMessageAction} from "@mail/core/common/message_actions";

/** Where a message says who the customer is. */
const MODELS = [
    "calendar.event",
    "crm.lead",
    "customer.lifecycle",
    "res.partner",
    "sale.order",
];

patch(Store.prototype, {
    setup() {
        super.setup(...arguments);
        this.can_promise = false;
    },
});

registerMessageAction("lifecycle-promise", {
    condition: ({message, store, thread}) =>
        store.can_promise &&
        MODELS.includes(thread?.model) &&
        Number.isInteger(message.id) &&
        !message.isEmpty,
    icon: "fa fa-handshake-o",
    name: _t("Make a Promise"),
    onSelected: ({message, owner}) =>
        owner.env.services.action.doAction(
            "customer_lifecycle.customer_lifecycle_promise_action",
            {additionalContext: {default_message_id: message.id}},
        ),
    sequence: 62,
});
