import {registry} from "@web/core/registry";

const switchTo = (view, trigger) => [
    {
        content: `open the ${view} view`,
        trigger: `button.o_switch_view.o_${view}`,
        run: "click",
    },
    {trigger},
];

registry.category("web_tour.tours").add("customer_lifecycle_views", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {trigger: ".o_kanban_record:contains(Tour Growth)"},
        ...switchTo("list", ".o_list_view .o_data_row:contains(Tour Growth)"),
        ...switchTo("pivot", ".o_pivot table:contains(Growth)"),
        ...switchTo("graph", ".o_graph_canvas_container canvas"),
        ...switchTo("activity", ".o_activity_view"),
        ...switchTo("kanban", ".o_kanban_record:contains(Tour Growth)"),
        {
            content: "search by a word of the name",
            trigger: ".o_searchview_input",
            run: "edit Tour Gro",
        },
        {
            trigger: ".o_searchview_autocomplete .o-dropdown-item:contains(Customer)",
            run: "click",
        },
        {
            trigger:
                ".o_kanban_view:not(:contains(Tour Once)) .o_kanban_record:contains(Tour Growth)",
        },
        {
            content: "the analysis",
            trigger:
                ".dropdown-toggle[data-menu-xmlid$=customer_lifecycle_menu_report]",
            run: "click",
        },
        {
            trigger:
                ".dropdown-item[data-menu-xmlid$=customer_lifecycle_menu_analysis]",
            run: "click",
        },
        {trigger: ".o_pivot table:contains(Conversion)"},
        {
            content: "the moves",
            trigger:
                ".dropdown-toggle[data-menu-xmlid$=customer_lifecycle_menu_report]",
            run: "click",
        },
        {
            trigger:
                ".dropdown-item[data-menu-xmlid$=customer_lifecycle_transition_menu]",
            run: "click",
        },
        {trigger: ".o_list_view .o_data_row:contains(Tour Growth)"},
        ...switchTo("pivot", ".o_pivot table:contains(Growth)"),
    ],
});

registry.category("web_tour.tours").add("customer_lifecycle_configuration", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            trigger:
                ".dropdown-toggle[data-menu-xmlid$=customer_lifecycle_menu_config]",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid$=customer_lifecycle_stage_menu]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Growth) [name=description]",
            run: "click",
        },
        {
            content: "the rule in the filter editor, with how many it concerns",
            trigger: ".o_form_view [name=rule_domain] .o_domain_show_selection_button",
        },
        {
            content: "the playbook",
            trigger: ".o_form_view .nav-link[name=playbook]",
        },
        {
            trigger:
                ".dropdown-toggle[data-menu-xmlid$=customer_lifecycle_menu_config]",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid$=customer_lifecycle_level_menu]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains(Trust) [name=description]",
            run: "click",
        },
        {trigger: ".o_form_view [name=rule_domain]"},
    ],
});
