import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useSpecialData} from "@web/views/fields/relational_utils";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * The relationship levels as a ladder: the rungs that are held are filled, and a
 * click on a rung moves the customer there.
 */
export class LadderField extends Component {
    static template = "customer_lifecycle.LadderField";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.levels = useSpecialData((orm, {name, record}) =>
            orm.searchRead(
                record.fields[name].relation,
                [],
                ["display_name", "description"],
            ),
        );
    }

    get rungs() {
        const levels = this.levels.data || [];
        const held = levels.findIndex((level) => level.id === this.value?.id);
        return levels.map((level, index) => ({
            ...level,
            isHeld: index <= held,
            isTop: index === held,
        }));
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    async select(rung) {
        const {record, readonly} = this.props;
        if (readonly || rung.isTop || !(await record.save())) {
            return;
        }
        const action = await this.orm.call(record.resModel, "action_select_level", [
            [record.resId],
            rung.id,
        ]);
        if (action) {
            await this.action.doAction(action);
        } else {
            await record.load();
        }
    }
}

export const ladderField = {
    component: LadderField,
    displayName: _t("Ladder"),
    supportedTypes: ["many2one"],
};

registry.category("fields").add("lifecycle_ladder", ladderField);
