// A button beside each snippet, where the browser lets a page write to the clipboard.
if (navigator.clipboard) {
  for (const snippet of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = snippet.dataset.copy;
    const title = snippet.parentElement.querySelector("h3");
    button.setAttribute("aria-label", `${snippet.dataset.copy}: ${title.textContent}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(snippet.textContent);
      button.textContent = snippet.dataset.copied;
    });
    title.append(button);
  }
}
