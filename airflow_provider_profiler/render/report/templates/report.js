"use strict";
(() => {
  const root = document.documentElement;
  const stored = (name, value) => {
    // A page opened from a file may have no storage.
    try {
      return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value);
    } catch {
      return null;
    }
  };
  const theme = document.getElementById("theme");
  // Within Airflow's pages, theirs where there is none of our own.
  const chosen = stored("profile-theme") ?? stored("theme");
  if (["light", "dark"].includes(chosen)) root.dataset.theme = chosen;
  theme?.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    stored("profile-theme", root.dataset.theme);
  });

  const numeric = new Set(["position", "missing", "distinct"]);
  for (const list of document.querySelectorAll("[data-columns]")) {
    const rows = list.querySelector("[data-rows]");
    const buttons = [...list.querySelectorAll("[data-sort]")];
    for (const button of buttons) {
      button.addEventListener("click", () => {
        const key = button.dataset.sort;
        const pressed = button.getAttribute("aria-pressed") === "true";
        // Whoever sorts by a number looks for the large ones first.
        const down = pressed ? button.dataset.down !== "true" : key === "missing" || key === "distinct";
        for (const other of buttons) {
          other.setAttribute("aria-pressed", String(other === button));
          delete other.dataset.down;
        }
        button.dataset.down = String(down);
        const value = (item) => (numeric.has(key) ? Number(item.dataset[key]) : item.dataset[key]);
        const items = [...rows.children];
        items.sort((one, two) => {
          const [a, b] = [value(one), value(two)];
          const order = a < b ? -1 : a > b ? 1 : 0;
          return (down ? -order : order) || one.dataset.position - two.dataset.position;
        });
        rows.append(...items);
      });
    }
  }

  const find = document.getElementById("find");
  const found = document.getElementById("found");
  const search = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (text) => words.every((word) => text.includes(word));
    let columns = 0;
    let files = 0;
    for (const list of document.querySelectorAll("[data-columns]")) {
      let here = 0;
      for (const item of list.querySelectorAll(".column")) {
        item.hidden = !fits(item.dataset.words);
        here += !item.hidden;
      }
      list.querySelector(".none").hidden = here > 0 || !words.length;
      const table = list.closest("details.table");
      if (words.length) {
        table.dataset.was ??= String(table.open);
        table.open = here > 0;
      } else if (table.dataset.was) {
        table.open = table.dataset.was === "true";
        delete table.dataset.was;
      }
      columns += here;
    }
    for (const item of document.querySelectorAll("[data-file]")) {
      item.hidden = !fits(item.dataset.file);
      files += !item.hidden;
      if (words.length && !item.hidden) {
        for (let above = item.closest("details"); above; above = above.parentElement.closest("details")) above.open = true;
      }
    }
    found.textContent = words.length ? `${columns} columns and ${files} files fit` : "";
  };
  let waiting = 0;
  find?.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 120);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && find && !/^(input|select|textarea)$/i.test(document.activeElement.tagName)) {
      event.preventDefault();
      find.focus();
    }
  });

  // A link into something closed opens it.
  const arrive = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let above = target; above; above = above.parentElement) if (above.tagName === "DETAILS") above.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", arrive);
  arrive();

  // Pages of jobs on their way look again, and stop when all have ended.
  const look = async () => {
    const live = document.querySelector("[data-live]");
    if (!live) return;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = answer.ok && page.getElementById("live");
      // Not under the hands of somebody who fills in the form.
      if (fresh && !/^(input|select)$/i.test(document.activeElement.tagName)) live.replaceWith(document.adoptNode(fresh));
      // It has become another page: a job's is its report once that is ready.
      if (answer.ok && !fresh) location.reload();
    } catch {
      // The service is away for a moment: the next look may find it.
    }
    setTimeout(look, live.dataset.live * 1000);
  };
  const live = document.querySelector("[data-live]");
  if (live) setTimeout(look, live.dataset.live * 1000);

  // Tables are printed as a whole; columns as they stand.
  addEventListener("beforeprint", () => {
    for (const item of document.querySelectorAll("details.table")) item.open = true;
  });
})();
