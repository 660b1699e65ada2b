import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Share of the line at which the lapsed day stands, so that today fits beyond it. */
const LAPSED_AT = 85;

/**
 * From the last purchase over due and slipping to lapsed, as a line with today on
 * it. Put on the lapsed date; the view must hold the other dates.
 */
export class DatesField extends Component {
    static template = "customer_lifecycle.DatesField";
    static props = {...standardFieldProps};

    get points() {
        const data = this.props.record.data;
        return [
            {
                label: _t("Last purchase"),
                day: data.last_purchase_date,
                color: "success",
            },
            {label: _t("Due"), day: data.due_date, color: "info"},
            {label: _t("Slipping"), day: data.slipping_date, color: "warning"},
            {label: _t("Lapsed"), day: data.lapsed_date, color: "danger"},
        ]
            .filter((point) => point.day)
            .map((point) => ({
                ...point,
                at: this.place(point.day),
                isLast: point.color === "danger",
                text: formatDate(point.day),
            }));
    }

    get today() {
        return this.place(this.props.record.data.today);
    }

    /** Return where a day stands on the line, in percent of its width. */
    place(day) {
        const {last_purchase_date: first, lapsed_date: last} = this.props.record.data;
        const share = day.diff(first, "days").days / last.diff(first, "days").days;
        return Math.min(Math.max(share * LAPSED_AT, 0), 100);
    }
}

export const datesField = {
    component: DatesField,
    displayName: _t("Dates on a line"),
    supportedTypes: ["date"],
    fieldDependencies: [
        {name: "last_purchase_date", type: "date"},
        {name: "today", type: "date"},
        {name: "due_date", type: "date"},
        {name: "slipping_date", type: "date"},
    ],
};

registry.category("fields").add("lifecycle_dates", datesField);
