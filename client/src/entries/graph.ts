/** The graph explorer; without it the page has a form, a picture and a table. */

import { App } from "../graph/app";
import { byId } from "../graph/dom";

const box = byId("explorer");
byId("graph-plain").hidden = true;
box.hidden = false;
document.getElementById("graph-table-box")?.closest("details")?.removeAttribute("open");
void new App(box).start();
