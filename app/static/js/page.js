// What every staff page runs. Each part looks for its own marks in the page and does nothing without.
import { keepWhatPeopleOpened } from "./morphing.js";
import { watchTopics } from "./live.js";
import { showToasts } from "./toasts.js";
import { openDrawers } from "./drawer.js";
import { closeMenus } from "./menus.js";
import { noteActivity } from "./activity.js";
import { moveCards } from "./board.js";
import { boardKeys } from "./board_keys.js";
import { runTimers } from "./timers.js";
import { openPalette } from "./palette.js";
import { walkRows } from "./walk.js";
import { findWhatWasTyped } from "./early.js";

keepWhatPeopleOpened();
noteActivity();
showToasts();
openDrawers();
closeMenus();
moveCards();
boardKeys();
runTimers();
openPalette();
walkRows();
watchTopics();
findWhatWasTyped();
