import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("customer_lifecycle_form", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            content: "open a customer",
            trigger: ".o_kanban_record:contains(Tour Growth) .o_lifecycle_reason",
            run: "click",
        },
        {
            content: "the reason",
            trigger: ".o_form_view [name=reason]:contains(Second purchase)",
        },
        {
            content: "the stage",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Growth)",
        },
        {
            content: "the ladder: two rungs of four are held",
            trigger:
                ".o_lifecycle_ladder:has(button:nth-of-type(4)) .btn-primary[aria-current=step]:contains(Solution)",
        },
        {
            trigger: ".o_lifecycle_ladder .btn-outline-secondary:contains(Trust)",
        },
        {
            content: "the dates on a line, today on it",
            trigger:
                ".o_lifecycle_dates:has(.o_lifecycle_dates_today) .o_lifecycle_dates_point:contains(Lapsed)",
        },
        {
            content: "what is known of the rhythm, in words",
            trigger: "[name=regularity]:contains(Too few purchases to tell)",
        },
        {
            content: "the chance in words, with its percentage",
            trigger: "[name=return_chance] .o_lifecycle_chance:contains(%)",
        },
        {
            trigger: "[name=expected_again_date]",
        },
        {
            content: "the history",
            trigger: ".o_notebook .nav-link[name=history]",
            run: "click",
        },
        {
            trigger: "[name=transition_ids] .o_data_row:contains(Growth)",
        },
        {
            content: "what the next rung asks for",
            trigger: ".o_lifecycle_ladder button:contains(Relationship)",
            run: "click",
        },
        {
            trigger: ".o_lifecycle_rung:contains(Purchases: 2, at least 4 needed.)",
        },
        {
            content: "a salesperson is not offered what is not earned",
            trigger:
                ".o_lifecycle_rung:contains(A sales manager can raise):not(:has(.o_lifecycle_move))",
        },
        {
            content: "step down a rung",
            trigger: ".o_lifecycle_ladder button:contains(Product)",
            run: "click",
        },
        {
            trigger: ".o_lifecycle_rung:contains(Product) .o_lifecycle_move",
            run: "click",
        },
        {
            trigger: "[name=level_reason]:contains(Moved to Product by Sally)",
        },
        {
            content: "move it with a reason",
            trigger: "button[name=action_move]",
            run: "click",
        },
        {
            trigger: ".modal [name=lifecycle_ids] .o_tag:contains(Tour Growth)",
        },
        {
            trigger: ".modal [name=stage_id] input",
            run: "edit Advocacy",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Advocacy) a",
            run: "click",
        },
        {
            trigger: ".modal [name=note] textarea",
            run: "edit brought two colleagues",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            trigger:
                "body:not(:has(.modal)) [name=reason]:contains(“brought two colleagues”)",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Advocacy)",
        },
        {
            content: "let the rules decide again",
            trigger: "button[name=action_unpin]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Growth)",
        },
        {
            content: "its purchases",
            trigger: ".oe_stat_button[name=action_open_orders]:contains(2)",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Tour Growth)",
        },
        {
            trigger: ".breadcrumb-item.o_back_button",
            run: "click",
        },
        {
            content: "its contact, with the stage on a smart button",
            trigger: ".oe_stat_button[name=action_open_partner]",
            run: "click",
        },
        {
            trigger: ".oe_stat_button[name=action_open_lifecycle]:contains(Growth)",
            run: "click",
        },
        {
            content: "back on the card",
            trigger: ".o_form_view .o_lifecycle_ladder",
        },
    ],
});

registry.category("web_tour.tours").add("customer_lifecycle_manager", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            trigger: ".o_kanban_record:contains(Tour Growth) .o_lifecycle_reason",
            run: "click",
        },
        {
            content: "raise the level beyond the evidence",
            trigger: ".o_lifecycle_ladder button:contains(Trust)",
            run: "click",
        },
        {
            trigger: ".o_lifecycle_rung:contains(Trust) .o_lifecycle_move",
            run: "click",
        },
        {
            content: "the wizard asks for the reason",
            trigger: ".modal [name=note] textarea",
            run: "edit signed the yearly plan",
        },
        {
            trigger: ".modal button[name=action_apply]",
            run: "click",
        },
        {
            trigger:
                ".o_lifecycle_ladder button.btn-primary[aria-current=step]:contains(Trust)",
        },
        {
            trigger: "[name=level_reason]:contains(“signed the yearly plan”)",
        },
    ],
});
