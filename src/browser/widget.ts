import { HoldfastDrop } from "./widget/holdfast-drop.ts";

if (customElements.get("holdfast-drop") === undefined) customElements.define("holdfast-drop", HoldfastDrop);
