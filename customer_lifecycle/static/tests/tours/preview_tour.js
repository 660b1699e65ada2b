import {registry} from "@web/core/registry";

const openStages = [
    {
        trigger: ".dropdown-toggle[data-menu-xmlid$=customer_lifecycle_menu_config]",
        run: "click",
    },
    {
        trigger: ".dropdown-item[data-menu-xmlid$=customer_lifecycle_stage_menu]",
        run: "click",
    },
];

registry.category("web_tour.tours").add("customer_lifecycle_preview", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        ...openStages,
        {
            trigger: ".o_list_view .o_data_row:contains(Retention) [name=description]",
            run: "click",
        },
        {
            content: "nothing is edited yet",
            trigger:
                ".o_form_view:not(:has(.o_lifecycle_table)) [name=rule_domain] input.o_input:last",
            run: "edit 5 && press Tab",
        },
        {
            content: "who would move",
            trigger: ".o_lifecycle_table tr:contains(Retention):contains(Acquisition)",
        },
        {
            content: "the customers behind the number",
            trigger: ".o_lifecycle_table tr:contains(Retention) button:contains(1)",
            run: "click",
        },
        {
            trigger: ".modal .o_list_view .o_data_row:contains(Often) [name=stage_id]",
            run: "click",
        },
        {
            content: "and one of them",
            trigger: ".modal .o_form_view .o_lifecycle_ladder",
        },
        {
            trigger: ".modal .btn-close:last",
            run: "click",
        },
        {
            content: "what is edited is still there, and not saved",
            trigger: "body:not(:has(.modal)) .o_form_button_cancel",
            run: "click",
        },
        {
            trigger: ".o_form_view:not(:has(.o_lifecycle_table)) .o_form_saved",
        },
    ],
});

registry.category("web_tour.tours").add("customer_lifecycle_place_use", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        ...openStages,
        {
            trigger: ".o_list_view .o_data_row:contains(Retention) [name=description]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_cp_action_menus .dropdown-toggle",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o_menu_item:contains(Archive)",
            run: "click",
        },
        {
            content: "Odoo's own question",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "who would move",
            trigger: ".modal .o_lifecycle_table tr:contains(Retention):contains(1)",
        },
        {
            trigger: ".modal button[name=action_apply]:visible",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_view .ribbon:contains(Archived)",
        },
    ],
});
