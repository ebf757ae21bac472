import { h, render } from "preact";
import { ChartLayouts } from "./chart/chart_layouts.ts";
import { Inspector } from "./model/inspector.ts";
import { AppView } from "./shell/app_view.ts";
import { LayoutMemory } from "./shell/layout_sizes.ts";
import { TreeModel } from "./tree/tree_model.ts";

// The inspector page: one state (`Inspector`), one view of it.

const inspector = new Inspector();
const tree = new TreeModel(inspector);
const root = document.querySelector("#app");
if (root === null) throw new TypeError('Cannot start: the page holds no element "#app"');
tree.start();
inspector.start();
render(h(AppView, { inspector, tree, layouts: new ChartLayouts(), memory: new LayoutMemory() }), root);
