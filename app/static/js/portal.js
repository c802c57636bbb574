// What the patients' pages run: live fragments, notes, half-typed words that survive a reload.
import { keepWhatPeopleOpened } from "./morphing.js";
import { noteActivity } from "./activity.js";
import { showToasts } from "./toasts.js";
import { watchTopics } from "./live.js";
import { keepDrafts } from "./drafts.js";
import { followThread } from "./follow.js";

keepWhatPeopleOpened();
noteActivity();
showToasts();
keepDrafts();
followThread();
watchTopics();
