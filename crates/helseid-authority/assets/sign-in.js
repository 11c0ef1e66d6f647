// The code stands in the fragment, which no server sees. It leaves the address at once, and goes in the form's body.
function signIn() {
  const code = location.hash.slice(1);
  if (!code) return;
  history.replaceState(null, "", location.pathname);
  const field = document.getElementById("code");
  field.value = code;
  field.form.submit();
}

signIn();
// The link was opened where this page was open already.
addEventListener("hashchange", signIn);
