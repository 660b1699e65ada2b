import {registry} from "@web/core/registry";

const openOutreach = {
    content: "what is to be decided",
    trigger: "[data-menu-xmlid$=customer_lifecycle_outreach_menu]",
    run: "click",
};

registry.category("web_tour.tours").add("customer_lifecycle_rule_preview", {
    url: "/odoo/automations",
    steps: () => [
        {
            content: "the rule, still off",
            trigger: ".o_kanban_record:contains(Tour Playbook):contains(Step 1)",
        },
        {
            trigger:
                ".o_kanban_record:contains(Tour Playbook) button[name=action_lifecycle_preview]",
            run: "click",
        },
        {
            content: "how many are there already",
            trigger:
                ".modal [name=reach]:contains(1 customer is there already) tr:contains(Step 1):contains(at once)",
        },
        {
            content: "and who",
            trigger: ".modal [name=reach] tr:contains(Step 1) button:contains(1)",
            run: "click",
        },
        {
            trigger: ".modal .o_list_view .o_data_row:contains(Tour Lapsed)",
        },
        {
            trigger: ".modal:has(.o_list_view) .btn-close",
            run: "click",
        },
        {
            content: "the message",
            trigger: ".modal:not(:has(.o_list_view)) .nav-link[name=message]",
            run: "click",
        },
        {
            trigger: ".modal [name=message_for]:contains(As Tour Lapsed would get it)",
        },
        {
            trigger: ".modal [name=message] iframe",
        },
        {
            content: "only new cases unless asked",
            trigger:
                ".modal [name=whom] .o_radio_item:contains(Only new) input:checked",
        },
        {
            content: "also those already there",
            trigger:
                ".modal [name=whom] .o_radio_item:contains(Also those already there) label",
            run: "click",
        },
        {
            trigger: ".modal [name=per_day] input",
            run: "edit 5",
        },
        {
            trigger: ".modal button[name=action_switch_on]",
            run: "click",
        },
        {
            content: "it says what happens now",
            trigger: ".o_notification:contains(5 a day)",
        },
        {
            content: "and is on",
            trigger:
                "body:not(:has(.modal)) .o_kanban_record:contains(Tour Playbook):not(:has(.ribbon))",
        },
    ],
});

registry.category("web_tour.tours").add("customer_lifecycle_outreach_approve", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        openOutreach,
        {
            trigger:
                ".o_list_view .o_data_row:contains(Tour Lapsed):contains(To Approve) [name=step_id]",
            run: "click",
        },
        {
            content: "the very message",
            trigger: ".o_form_view [name=message_subject]:contains(For Tour Lapsed)",
        },
        {
            trigger: ".o_form_view [name=message_body] iframe",
        },
        {
            trigger: "[name=outlook]:contains(Nothing stands in its way)",
        },
        {
            content: "not this one",
            trigger: "button[name=action_cancel]",
            run: "click",
        },
        {
            trigger: "[name=reason]:contains(Cancelled by)",
        },
        {
            content: "or rather yes",
            trigger: "button[name=action_reopen]",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains(To Approve)",
        },
        {
            trigger: ".breadcrumb-item.o_back_button",
            run: "click",
        },
        {
            content: "many at once",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_control_panel button[name=action_approve]",
            run: "click",
        },
        {
            content: "it asks first",
            trigger: ".modal .btn-primary:contains(Approve)",
            run: "click",
        },
        {
            content: "nothing is left to decide",
            trigger: "body:not(:has(.modal)) .o_view_nocontent_smiling_face",
        },
    ],
});

registry.category("web_tour.tours").add("customer_lifecycle_outreach_sent", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(Tour Lapsed) .o_lifecycle_reason",
            run: "click",
        },
        {
            trigger: ".oe_stat_button[name=action_open_outreach]:contains(1)",
        },
        {
            content: "the message stands in the chatter of the card",
            trigger: ".o-mail-Message:contains(For Tour Lapsed)",
        },
        {
            trigger: ".o_notebook .nav-link[name=outreach]",
            run: "click",
        },
        {
            trigger:
                "[name=outreach_ids] .o_data_row:contains(Step 1):contains(Sent) [name=step_id]",
            run: "click",
        },
        {
            trigger: ".modal [name=message_subject]:contains(For Tour Lapsed)",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            trigger:
                "body:not(:has(.modal)) .oe_stat_button[name=action_open_outreach]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Sent)",
        },
        {
            content: "by state",
            trigger: ".o_switch_view.o_kanban",
            run: "click",
        },
        {
            trigger: ".o_kanban_group:contains(Sent) .o_kanban_record:contains(Lapsed)",
        },
    ],
});
