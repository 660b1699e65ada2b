import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Percent of the line at which the last date begins, with room for its words. */
const LAST_AT = 76;

/**
 * From the last purchase over due and slipping to lapsed, as a line with today on
 * it. The dates stand at equal distances, so that their words never overlap; today
 * stands between them in proportion. Put on the lapsed date; the view must hold the
 * other dates, of which some may not be known.
 */
export class DatesField extends Component {
    static template = "customer_lifecycle.DatesField";
    static props = {...standardFieldProps};

    get points() {
        const data = this.props.record.data;
        const points = [
            {
                label: _t("Last purchase"),
                day: data.last_purchase_date,
                color: "success",
            },
            {label: _t("Due"), day: data.due_date, color: "info"},
            {label: _t("Slipping"), day: data.slipping_date, color: "warning"},
            {label: _t("Lapsed"), day: data.lapsed_date, color: "danger"},
        ].filter((point) => point.day);
        const step = LAST_AT / Math.max(points.length - 1, 1);
        return points.map((point, index) => ({
            ...point,
            at: index * step,
            text: formatDate(point.day),
        }));
    }

    /** Return where today stands on the line, in percent of its width. */
    get today() {
        const points = this.points;
        const {today} = this.props.record.data;
        const passed = points.filter((point) => point.day <= today);
        if (!today || !passed.length) {
            return 0;
        }
        const before = passed[passed.length - 1];
        const after = points[passed.length] || {day: today.plus({days: 1}), at: 100};
        const share = today.diff(before.day, "days").days;
        const whole = after.day.diff(before.day, "days").days;
        return before.at + ((after.at - before.at) * share) / whole;
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
