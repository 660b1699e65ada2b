import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {TreeEditor} from "@web/core/tree_editor/tree_editor";
import {Input} from "@web/core/tree_editor/tree_editor_components";

const WRITTEN_OUT = /^\d+-/;

/**
 * Rules compare with days relative to today ("today -120d"), and ask whether there is a
 * day at all; the editor of rules shows both as invalid. The first is written as text,
 * the second is an empty day.
 */
patch(TreeEditor.prototype, {
    getValueEditorInfo(node) {
        const info = super.getValueEditorInfo(node);
        const field = this.getFieldDef(node.path);
        if (!["date", "datetime"].includes(field?.type)) {
            return info;
        }
        if (
            node.value &&
            typeof node.value === "string" &&
            !WRITTEN_OUT.test(node.value)
        ) {
            return {
                ...info,
                component: Input,
                extractProps: ({value, update}) => ({value, update}),
                isSupported: () => true,
            };
        }
        if (node.value === false && ["=", "!="].includes(node.operator)) {
            return {
                ...info,
                extractProps: (params) => ({
                    ...info.extractProps(params),
                    placeholder: _t("no day"),
                }),
                isSupported: () => true,
            };
        }
        return info;
    },
});
