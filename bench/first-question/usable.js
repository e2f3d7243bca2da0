// Tells when the first choice of a question can be used, the same for every page: it is there, nothing hides or covers
// it, and a frame with it has been painted. Runs in every document, in a world of its own.
(() => {
  const firstChoice = () => {
    const choice = document.querySelector("input[type=radio], [role=radio], button[name=who]");
    return choice && (choice.labels?.[0] ?? choice.closest("label") ?? choice);
  };

  // Of its first line: between the lines of a label that wraps is nothing to click.
  const middle = (element) => {
    const box = element.getClientRects()[0] ?? new DOMRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, empty: !box.width || !box.height };
  };

  const canBeClicked = (choice) => {
    const { x, y, empty } = middle(choice);
    return !empty
      && choice.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      && choice.contains(document.elementFromPoint(x, y));
  };

  let heldBefore = false;
  const look = () => {
    const choice = firstChoice();
    const holds = Boolean(choice) && canBeClicked(choice);
    // It held in the frame before this, and so that frame was painted with it; the paint's own entry says one was.
    if (holds && heldBefore && performance.getEntriesByName("first-contentful-paint").length) {
      // A choice that sends its answer at once is kept from it: what follows is no part of the first question.
      const chosen = (event) => (event.preventDefault(), tell("chosen"));
      addEventListener(choice.matches("button") ? "click" : "change", chosen, { capture: true, once: true });
      tell("usable", { at: performance.timeOrigin + performance.now(), ...middle(choice) });
      return;
    }
    heldBefore = holds;
    requestAnimationFrame(look);
  };
  const tell = (what, more) => firstQuestion(JSON.stringify({ what, ...more }));
  requestAnimationFrame(look);
})();
