// What a person with eyes would complain of, found by looking at the boxes that the browser has drawn.

import type { Page } from "playwright-core";

/** Texts that lie over other texts or over controls that they do not belong to. */
export function overlaps(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    interface Box {
      what: string;
      of: Element;
      rect: { left: number; top: number; right: number; bottom: number };
    }
    /** What of the box can be seen: nothing beyond the edges of what cuts it. */
    const seen = (element: Element, rect: DOMRect): Box["rect"] | undefined => {
      let { left, top, right, bottom } = rect;
      for (let around: Element | null = element; around && around !== document.body; around = around.parentElement) {
        const style = getComputedStyle(around);
        if (style.visibility === "hidden" || style.opacity === "0") return undefined;
        if (style.overflowX !== "visible" || style.overflowY !== "visible" || style.clipPath !== "none") {
          const edge = around.getBoundingClientRect();
          left = Math.max(left, edge.left);
          top = Math.max(top, edge.top);
          right = Math.min(right, edge.right);
          bottom = Math.min(bottom, edge.bottom);
        }
        // What stays in its place while the page is scrolled lies over the page by intent.
        if (style.position === "fixed" || style.position === "sticky") return undefined;
      }
      return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : undefined;
    };
    const boxes: Box[] = [];
    const modal = document.querySelector("dialog[open]");
    const within = modal ?? document.body;
    const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const of = node.parentElement;
      if (!of || !node.textContent?.trim() || of.closest("option, script, style, .unseen, .cm-editor")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const line of range.getClientRects()) {
        const rect = seen(of, line);
        if (rect) boxes.push({ what: node.textContent.trim().slice(0, 30), of, rect });
      }
    }
    for (const of of within.querySelectorAll("button, input:not(.unseen), select, textarea")) {
      if (of.closest(".unseen")) continue;
      const rect = seen(of, of.getBoundingClientRect());
      if (rect) boxes.push({ what: of.getAttribute("aria-label") ?? of.tagName, of, rect });
    }
    const holds = (outer: Box, inner: Box) =>
      outer.of.matches("input") &&
      outer.rect.left <= inner.rect.left &&
      outer.rect.right >= inner.rect.right &&
      outer.rect.top <= inner.rect.top &&
      outer.rect.bottom >= inner.rect.bottom;
    const found: string[] = [];
    for (const [index, a] of boxes.entries()) {
      for (const b of boxes.slice(index + 1)) {
        if (a.of === b.of || a.of.contains(b.of) || b.of.contains(a.of)) continue;
        // A button or a sign that stands in a field does so by intent.
        if (holds(a, b) || holds(b, a)) continue;
        const wide = Math.min(a.rect.right, b.rect.right) - Math.max(a.rect.left, b.rect.left);
        const high = Math.min(a.rect.bottom, b.rect.bottom) - Math.max(a.rect.top, b.rect.top);
        // Lines of text stand closer than their boxes.
        if (wide > 3 && high > 5) found.push(`“${a.what}” and “${b.what}”`);
      }
    }
    return [...new Set(found)];
  });
}

/** Texts that are cut and can be read nowhere in whole. */
export function cutWithoutTooltip(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll<HTMLElement>("body *")) {
      if (element.closest(".unseen, .cm-editor, [role=log], [role=listbox], select, svg")) continue;
      const style = getComputedStyle(element);
      if (style.overflowX !== "hidden" && style.overflowX !== "clip") continue;
      const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
      if (!hasText || element.scrollWidth <= element.clientWidth + 1) continue;
      if (!element.closest("[title]")) found.push(element.textContent?.trim().slice(0, 60) ?? "");
    }
    return found;
  });
}

/** Words of plain Latin letters that somebody sees or hears, but for what is no sentence of the page. */
export function latinWords(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // Names of products, and what the helpers of the test are called where they sign in.
    const names = /\b(Linux|Windows|macOS|node|Anna)\b/g;
    // Dates are the browser's own words.
    const date = /^\p{L}+, \d+\.? \p{L}+ \d{4} .*$/u;
    const plain = /(?<![\p{L}\d@./-])[A-Za-z]{3,}(?![\p{L}\d@./-])/u;
    const notOurs =
      "code, kbd, pre, time, option, script, noscript, style, svg, .cm-editor, .mono, [lang=en]:not(html)";
    const found = new Set<string>();
    const take = (text: string | null | undefined) => {
      if (text && !date.test(text.trim()) && plain.test(text.replace(names, ""))) found.add(text.trim().slice(0, 80));
    };
    take(document.title);
    for (const element of document.querySelectorAll("body *")) {
      if (element.closest(notOurs)) continue;
      for (const name of ["aria-label", "title", "placeholder", "alt"]) take(element.getAttribute(name));
      for (const node of element.childNodes) if (node.nodeType === 3) take(node.textContent);
    }
    return [...found];
  });
}
