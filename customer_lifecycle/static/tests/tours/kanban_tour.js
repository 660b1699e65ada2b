import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const column = (name) => `.o_kanban_group:has(.o_column_title:contains(${name}))`;
const card = (name) => `.o_kanban_record:contains(${name})`;

registry.category("web_tour.tours").add("customer_lifecycle_kanban", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "open the app",
            trigger:
                ".o_app[data-menu-xmlid='customer_lifecycle.customer_lifecycle_menu_root']",
            run: "click",
        },
        {
            content: "every stage is a column, in order",
            trigger:
                ".o_kanban_group:nth-child(6) .o_column_title:contains(Reactivation)",
        },
        {
            content: "the column says what its customers bought",
            trigger: `${column("Growth")} .o_kanban_counter:contains(200)`,
        },
        {
            content: "the card says why it stands here",
            trigger: `${column("Growth")} ${card("Tour Growth")} .o_lifecycle_reason:contains(Second purchase)`,
        },
        {
            content: "and how the customer does, in a word",
            trigger: `${card("Tour Growth")} [name=health]:contains(On rhythm)`,
        },
        {
            content: "drag the card to another stage",
            trigger: `${column("Growth")} ${card("Tour Growth")}`,
            run: `drag_and_drop(${column("Retention")})`,
        },
        {
            content: "it stays there, with a pin and who put it there",
            trigger: `${column("Retention")} ${card("Tour Growth")}:has(.fa-thumb-tack) .o_lifecycle_reason:contains(Moved to Retention by Sally)`,
        },
        {
            content: "add a customer in a stage",
            trigger: `${column("Conversion")} .o_kanban_quick_add`,
            run: "click",
        },
        {
            trigger: ".o_kanban_quick_create [name=partner_id] input",
            run: "edit Tour Fresh",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Fresh):first a",
            run: "click",
        },
        {
            trigger: ".o_kanban_quick_create button.o_kanban_add",
            run: "click",
        },
        {
            content: "the customer is in the column where it was added",
            trigger: `${column("Conversion")} ${card("Tour Fresh")}`,
        },
        {
            trigger: ".o_kanban_quick_create button.o_kanban_cancel",
            run: "click",
        },
        {
            content: "one click to the levels",
            trigger:
                "[data-menu-xmlid='customer_lifecycle.customer_lifecycle_level_menu_kanban']",
            run: "click",
        },
        {
            trigger: `.o_kanban_group:nth-child(4) .o_column_title:contains(Trust)`,
        },
        {
            content: "the same card, with the next step to climb",
            trigger: `${column("Solution")} ${card("Tour Growth")} .o_lifecycle_reason:contains(Missing for Relationship)`,
        },
        {
            content: "lower its level",
            trigger: `${column("Solution")} ${card("Tour Growth")}`,
            run: `drag_and_drop(${column("Product")})`,
        },
        {
            trigger: `${column("Product")} ${card("Tour Growth")} .o_lifecycle_reason:contains(Moved to Product by Sally)`,
        },
        {
            content: "raising beyond the evidence is refused",
            trigger: `${column("Product")} ${card("Tour Fresh")}`,
            run: `drag_and_drop(${column("Trust")})`,
        },
        {
            trigger: ".modal:contains(has not earned the level Trust yet) .btn-primary",
            run: "click",
        },
        {
            content: "the card is back where it was",
            trigger: `${column("Product")} ${card("Tour Fresh")}`,
        },
    ],
});

registry.category("web_tour.tours").add("customer_lifecycle_empty", {
    url: "/odoo/customer-lifecycle",
    steps: () => [
        {
            content: "sample customers show what will be here",
            trigger: ".o_view_sample_data .o_kanban_record",
        },
        {
            content: "and a sentence says how customers get here",
            trigger:
                ".o_view_nocontent:contains(No customers yet):contains(appears here by itself)",
        },
        {
            trigger: "button.o_switch_view.o_list",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_view_nocontent:contains(No customers yet)",
        },
    ],
});
