import { h, render } from "preact";
import { App } from "./app.ts";
import { AppView } from "./app_view.ts";

// The call page: one state (`App`), one view of it.

const app = new App();
app.start();
const root = document.querySelector("#app");
if (root === null) throw new TypeError('Cannot start: the page holds no element "#app"');
render(h(AppView, { app }), root);
