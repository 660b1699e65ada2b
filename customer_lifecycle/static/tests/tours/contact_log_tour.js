import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("customer_lifecycle_contact_log", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(Tour Once) .o_lifecycle_reason",
            run: "click",
        },
        {
            content: "a visit that Odoo knows nothing of",
            trigger: ".o_form_view button[name=action_log_contact]",
            run: "click",
        },
        {
            trigger: ".modal [name=kind] .o_selection_badge:contains(Visit)",
            run: "click",
        },
        {
            trigger: ".modal [name=note] textarea",
            run: "edit They build a second hall",
        },
        {
            trigger: ".modal footer button[name=action_log]",
            run: "click",
        },
        {
            content: "it is in the chatter of the card",
            trigger:
                "body:not(:has(.modal)) .o-mail-Message:contains(They build a second hall)",
        },
    ],
});
