// Unit tests speak English, all of it.
import { language } from "./language.svelte";

await language.choose("en");
await language.whole();
