import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useOwnedDialogs, useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {SelectCreateDialog} from "@web/views/view_dialogs/select_create_dialog";

/**
 * A sentence and a table that the server made: each number opens the list of the
 * customers behind it, in a dialog, so that what is being edited stays as it is.
 */
export class Table extends Component {
    static template = "customer_lifecycle.Table";
    static props = {value: {type: [Object, Boolean], optional: true}};

    setup() {
        this.orm = useService("orm");
        this.addDialog = useOwnedDialogs();
    }

    async open({title, open}) {
        const ids =
            open.ids || (await this.orm.call(open.model, open.method, open.args));
        const resModel = "customer.lifecycle";
        this.addDialog(SelectCreateDialog, {
            title,
            resModel,
            domain: [["id", "in", ids]],
            context: {
                active_test: false,
                list_view_ref: "customer_lifecycle.customer_lifecycle_view_list_behind",
            },
            multiSelect: false,
            noCreate: true,
            onSelected: ([resId]) =>
                this.addDialog(FormViewDialog, {
                    resModel,
                    resId,
                    title,
                    preventEdit: true,
                }),
        });
    }
}

export class TableField extends Component {
    static template = "customer_lifecycle.TableField";
    static components = {Table};
    static props = {...standardFieldProps};

    get value() {
        return this.props.record.data[this.props.name];
    }
}

registry.category("fields").add("lifecycle_table", {
    component: TableField,
    supportedTypes: ["json"],
});
