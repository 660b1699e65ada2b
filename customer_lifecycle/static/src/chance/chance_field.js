import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatPercentage} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Nothing is certain: no chance is said to be below this, or above its opposite. */
const LEAST = 0.01;

const formatShare = (share) => formatPercentage(share, {digits: [16, 0]});

/**
 * A chance (0 to 1) in words, with its percentage. Nothing where there is no purchase
 * to tell it from.
 */
export class ChanceField extends Component {
    static template = "customer_lifecycle.ChanceField";
    static props = {...standardFieldProps};

    get chance() {
        const {data} = this.props.record;
        return data.purchase_count > 0 ? data[this.props.name] : null;
    }

    get words() {
        if (this.chance >= 0.85) {
            return _t("Very likely");
        }
        if (this.chance >= 0.6) {
            return _t("Likely");
        }
        if (this.chance >= 0.4) {
            return _t("About even");
        }
        if (this.chance >= 0.15) {
            return _t("Unlikely");
        }
        return _t("Very unlikely");
    }

    get percent() {
        if (this.chance < LEAST) {
            return _t("less than %s", formatShare(LEAST));
        }
        if (this.chance > 1 - LEAST) {
            return _t("more than %s", formatShare(1 - LEAST));
        }
        return formatShare(this.chance);
    }
}

export const chanceField = {
    component: ChanceField,
    displayName: _t("Chance in words"),
    supportedTypes: ["float"],
    fieldDependencies: [{name: "purchase_count", type: "integer"}],
    isEmpty: (record) => !record.data.purchase_count,
};

registry.category("fields").add("lifecycle_chance", chanceField);
