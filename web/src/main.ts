import { mount } from "svelte";
import App from "./App.svelte";
import { router } from "./router.svelte";
import { pages } from "./routes";
import "./style/tokens.css";
import "./style/base.css";
import { language } from "./words/language.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");
// The page's chunk comes beside the words, not after them; what fails here is asked for again when it is drawn.
void pages[router.route.page]().catch(() => undefined);
await language.start();
mount(App, { target });
