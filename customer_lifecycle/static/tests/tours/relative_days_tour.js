import {registry} from "@web/core/registry";

const heard = (day) =>
    `.o_form_view .o_tree_editor_condition:contains(Last Heard From) input:value(${day})`;

registry.category("web_tour.tours").add("customer_lifecycle_relative_days", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
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
            trigger: ".o_list_view .o_data_row [name=name]:contains(Relationship)",
            run: "click",
        },
        {
            content: "an empty day is none that is wrong",
            trigger: ".o_form_view [name=rule_domain] input[placeholder='no day']",
        },
        {
            content: "a day relative to today is written as text",
            trigger: heard("today -120d"),
            run: "edit today -90d && press Tab",
        },
        {
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            trigger: `.o_form_view:has(.o_form_saved) ${heard("today -90d").replace(".o_form_view ", "")}`,
        },
        {
            content: "what is no day is refused with a sentence",
            trigger: heard("today -90d"),
            run: "edit tomorrow or so && press Tab",
        },
        {
            trigger: ".o_form_button_save:enabled",
            run: "click",
        },
        {
            trigger: ".modal:contains(tomorrow or so) .modal-footer button",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_form_button_cancel",
            run: "click",
        },
        {
            trigger: `.o_form_view:has(.o_form_saved) ${heard("today -90d").replace(".o_form_view ", "")}`,
        },
    ],
});
