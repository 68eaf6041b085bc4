"""What people with weak eyes, a keyboard or a screen reader stumble over, asked of a real page.

The rules are those of WCAG 2.2 that a program can decide of a page as it is drawn: contrast of text
(1.4.3), a visible focus (2.4.7), reflow (1.4.10), and names of controls (4.1.2).
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page

LEAST_CONTRAST, LEAST_LARGE = 4.5, 3.0
"""WCAG 2.2, 1.4.3; large is 24 px, or 18.66 px and bold; a sign is a picture (1.4.11)."""
MOST_TABS = 120

_CONTRAST = """
(root, [least, leastLarge]) => {
  const rgba = text => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    const scale = text.startsWith('color(') ? 255 : 1;
    return [r * scale, g * scale, b * scale, a];
  };
  const over = (top, below) =>
    [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const behind = node => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) {
      layers.push(rgba(getComputedStyle(one).backgroundColor));
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = ([r, g, b]) => {
    const linear = [r, g, b].map(v => v / 255)
      .map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const faults = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const [text, node] = [texts.currentNode.textContent.trim(), texts.currentNode.parentElement];
    const style = getComputedStyle(node);
    if (!text || !node.checkVisibility() || node.closest('[disabled], [aria-disabled=true]')) {
      continue;
    }
    const below = behind(node);
    let faded = rgba(style.color);
    for (let one = node; one !== document.body; one = one.parentElement) {
      faded = [...faded.slice(0, 3), faded[3] * Number(getComputedStyle(one).opacity)];
    }
    const [a, b] = [light(over(faded, below)), light(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const sign = node.closest('[aria-hidden=true]');
    const large = sign || size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? leastLarge : least)) {
      faults.push(`${ratio.toFixed(2)} "${text.slice(0, 40)}" ${style.color} on ${below}`);
    }
  }
  return faults;
}
"""
_FOCUS = """
() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) {
    one = one.shadowRoot.activeElement;
  }
  const drawn = node => {
    const style = getComputedStyle(node);
    const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
    return outline || style.boxShadow !== 'none' || parseFloat(style.borderBottomWidth) >= 2;
  };
  const host = one.getRootNode().host;
  const near = [one, one.parentElement, host].filter(Boolean);
  const box = one.getBoundingClientRect();
  const named = one.getAttribute('aria-label') || one.textContent.trim() || one.placeholder || '';
  const home = (host ?? one).closest('.labkit-Sidebar, .labkit-CellBar, .labkit-Notes');
  return {
    name: `${one.tagName.toLowerCase()} ${named.replace(/\\s+/g, ' ')}`,
    home: home ? home.id || home.className.match(/labkit-\\w+/)[0] : '',
    visible: near.some(drawn),
    inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight
  };
}
"""
_OVERFLOWING = """
root => [root, ...root.querySelectorAll('*')]
  .filter(one => one.checkVisibility() && !one.closest('svg, pre'))
  .filter(one => getComputedStyle(one).display !== 'inline')
  .filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => `${one.tagName} ${one.className} ${one.scrollWidth} > ${one.clientWidth}`)
"""


def weak_contrasts(part: Locator) -> list[str]:
    """Return texts whose contrast to what is behind them is too weak; disabled ones are exempt."""
    found: list[str] = part.evaluate(_CONTRAST, [LEAST_CONTRAST, LEAST_LARGE])
    return found


def nameless(part: Locator) -> list[str]:
    """Return controls, bars and regions that have a role and no name."""
    tree = part.aria_snapshot()
    roles = "button|link|textbox|searchbox|checkbox|progressbar|img|region|navigation"
    return re.findall(rf"^\s*- (?:{roles})(?: \[[^\]]*\])*:?$", tree, re.MULTILINE)


def cut_off(part: Locator) -> list[str]:
    """Return elements whose text is wider than they are."""
    found: list[str] = part.evaluate(_OVERFLOWING)
    return found


def walk_with_tab(page: Page, begin: Locator, home: str) -> tuple[list[str], list[str]]:
    """Press Tab from a control to the end of its part of the page.

    Parameters
    ----------
    page
        The page.
    begin
        Where to begin.
    home
        Id or first class of the part.

    Returns
    -------
    list of str
        Each control that was reached, by element and name.
    list of str
        Those whose focus cannot be seen.
    """
    begin.focus()
    reached, unseen = [], []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUS)
        if at["home"] != home:
            break
        reached.append(at["name"])
        if not (at["visible"] and at["inside"]):
            unseen.append(at["name"])
    return reached, unseen
