import { watchBoards } from "./admin/board.ts";
import { hushTooltips } from "./admin/tooltips.ts";

hushTooltips();
watchBoards();
