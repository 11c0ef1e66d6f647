// Makes a key pair in the browser. The private half is downloaded from here and is never part of a form.

const KINDS = {
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  ES384: { name: "ECDSA", namedCurve: "P-384" },
  ES512: { name: "ECDSA", namedCurve: "P-521" },
  PS256: rsa("SHA-256"),
  PS384: rsa("SHA-384"),
  PS512: rsa("SHA-512"),
};

function rsa(hash) {
  return { name: "RSA-PSS", modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash };
}

const PRIVATE = ["d", "p", "q", "dp", "dq", "qi"];

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// RFC 7638: the members that make the key, in the order of their names.
async function thumbprint(jwk) {
  const names = jwk.kty === "RSA" ? ["e", "kty", "n"] : ["crv", "kty", "x", "y"];
  const members = JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])));
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(members))));
}

async function makePair(algorithm) {
  const pair = await crypto.subtle.generateKey(KINDS[algorithm], true, ["sign", "verify"]);
  const { key_ops, ext, ...exported } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const whole = { ...exported, use: "sig", alg: algorithm, kid: await thumbprint(exported) };
  const half = Object.fromEntries(Object.entries(whole).filter(([name]) => !PRIVATE.includes(name)));
  return { whole, half };
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// As the server names the file in helseid.toml.
const fileName = (name) =>
  name.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "").toLowerCase() || "client";

function isPrivate(text) {
  if (text.includes("PRIVATE KEY")) return true;
  try {
    const read = JSON.parse(text);
    return [read, ...(read.keys ?? [])].some((key) => "d" in key || "k" in key);
  } catch {
    return false;
  }
}

// A certificate in DER becomes PEM, which a text field can hold.
async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] !== 0x30) return new TextDecoder().decode(bytes);
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g).join("\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

for (const maker of document.querySelectorAll("[data-key-maker]")) {
  const find = (name) => maker.querySelector(`[data-${name}]`);
  const show = (name) => maker.querySelectorAll(`[data-${name}]`).forEach((part) => (part.hidden = false));
  const [status, field, form] = [find("status"), find("public"), maker.closest("form")];
  const tell = (text, refused = false) => {
    status.textContent = text;
    status.classList.toggle("refused", refused);
  };
  const takes = (text) => {
    if (!isPrivate(text)) return true;
    field.value = "";
    tell(maker.dataset.private, true);
    return false;
  };

  show(globalThis.crypto?.subtle ? "present" : "absent");
  find("make").addEventListener("click", async (event) => {
    event.target.disabled = true;
    tell(maker.dataset.making);
    try {
      const { whole, half } = await makePair(find("algorithm").value);
      const name = `${fileName(form.querySelector("[data-name]").value)}_private.json`;
      download(name, JSON.stringify(whole, null, 2) + "\n");
      field.value = JSON.stringify(half, null, 2);
      tell(`${name} ${maker.dataset.downloaded}`);
    } catch {
      tell(maker.dataset.failed, true);
    }
    event.target.disabled = false;
  });
  find("file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    const text = file ? await textOf(file) : "";
    event.target.value = "";
    if (text && takes(text)) field.value = text;
  });
  field.addEventListener("paste", (event) => {
    if (!takes(event.clipboardData.getData("text"))) event.preventDefault();
  });
  form.addEventListener("submit", (event) => {
    if (!takes(field.value)) event.preventDefault();
  });
}
