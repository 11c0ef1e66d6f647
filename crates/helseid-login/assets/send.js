// Sends the one form of the page.
document.querySelector("form").submit();
