// berinia.js: forms and calls of a client's site become events (docs/snippet.md). No dependency, no cookie.
// It is served without comments and margins, in 3 KB: keep each comment on a line of its own.
((window, document) => {
  "use strict";

  const TRIES = 6, LONGEST = 5000;
  const script = document.currentScript || document.querySelector("script[data-cle]");
  const options = script.dataset;
  const address = new URL("api/events", options.api || script.src).href;
  // What was not taken yet; the contact of this visit; whether the device may keep both.
  let pending = [], contact, may, watched, last, lastAt;

  // The words that forms use for who writes, with what may stand before them: your-email, form_fields[tel], contact_nom.
  const word = (text) => RegExp("^(form|fields?|wpforms|your|votre|mon|my|contact|client|user|billing|adresse|numero|de)*(" + text + ")$");
  const WORDS = {
    email: word("e?mail|courriel|e?mailadd?resse?"),
    telephone: word("tel|(tele)?phone|mobile|portable|phonenumber"),
    prenom: word("prenom|(first|given)name"),
    nom: word("nom|name|(full|last|family)name|nom(complet|defamille)|(prenom|prenomet)nom|nom(et)?prenom")
  };
  const COMPLETED = { email: "email", tel: "telephone", name: "nom", "family-name": "nom", "given-name": "prenom" };
  // Never read: secrets, cards and accounts, what frameworks hide in forms.
  const SECRET = /passw|motdepasse|card|carte|cvv|cvc|iban|csrf|token|nonce|captcha/;
  const UNREAD = /^(password|file|submit|button|image)$/;

  const warn = (text) => console.warn("berinia.js : " + text);

  // An error of ours never reaches the page.
  const safely = (act) => (...given) => {
    try {
      return act(...given);
    } catch (error) {
      warn(error);
    }
  };

  const on = (name, act) => document.addEventListener(name, safely(act), true);
  const page = () => (location.origin + location.pathname).slice(0, 500);
  const random = () => crypto.randomUUID ? crypto.randomUUID() : crypto.getRandomValues(new Uint32Array(5)).join("-");
  const save = safely(() => may && sessionStorage.setItem("berinia", JSON.stringify({ contact, pending })));

  const settle = (item, name, detail) => {
    pending = pending.filter((other) => other.key !== item.key);
    save();
    document.dispatchEvent(new CustomEvent("berinia:" + name, { detail: { ...detail, evenement: item.event.evenement } }));
  };

  const again = (item, seconds) => {
    if (++item.tries >= TRIES) return settle(item, "abandon");
    save();
    setTimeout(send, Math.max(seconds * 1000, 2 ** item.tries * 500 * (1 + Math.random())), item);
  };

  // A phone or an email that is mistyped does not lose the rest: it goes along as it was written.
  const amended = ({ event }, problem) => {
    const given = event.contactData, name = (problem.field || "").slice(12);
    if (!given.email || !given.telephone || !given[name] || name === "nom") return;
    event.donnees[name + "_saisi"] = given[name];
    return delete given[name];
  };

  const answered = (item, response) => {
    const status = response.status;
    if (status === 429 || status >= 500) return again(item, +response.headers.get("Retry-After") || 0);
    response.json().catch(Object).then(safely((answer) => {
      if (response.ok) return settle(item, "recu", answer);
      if (status === 422 && amended(item, answer)) return send(item);
      warn(answer.detail || status);
      settle(item, "refus", answer);
    }));
  };

  // keepalive: the request outlives the page that the form leads away from; browsers carry 64 KB of it.
  const send = safely((item) => {
    const body = JSON.stringify(item.event);
    fetch(address, {
      method: "POST", body, keepalive: body.length < 20000, credentials: "omit",
      headers: { Authorization: "Bearer " + options.cle, "Content-Type": "application/json", "Idempotency-Key": item.key }
    }).then(safely((response) => answered(item, response)), () => again(item, 0));
  });

  const report = (evenement, contactData, data, consentement) => {
    const event = { evenement, contactData, donnees: { page: page(), ...data }, consentement };
    const text = JSON.stringify(event), now = Date.now();
    // A double click is one request.
    if (text === last && now - lastAt < 10000) return;
    last = text;
    lastAt = now;
    contact = { ...contactData };
    const item = { key: random(), event, tries: 0 };
    pending.push(item);
    save();
    send(item);
  };

  const called = (field) => {
    const given = field.getAttribute("data-berinia-champ");
    const name = field.name.toLowerCase().normalize("NFD").replace(/[^a-z]/g, "");
    const completed = (field.getAttribute("autocomplete") || "").split(" ").pop();
    if (given) return given;
    if (/^cc-/.test(completed) || SECRET.test(name) || field.name[0] === "_") return;
    return COMPLETED[completed] || COMPLETED[field.type]
      || field.type !== "hidden" && Object.keys(WORDS).find((one) => WORDS[one].test(name)) || field.name.replace("[]", "");
  };

  const value = (field) => {
    if (field.selectedOptions && field.multiple) return Array.from(field.selectedOptions, (option) => option.value);
    return /^(number|range)$/.test(field.type) ? field.value && +field.value : (field.value || "").trim().slice(0, LONGEST);
  };

  // What a ticked box says is what its label says: kept word for word, as proof.
  const agreed = (consent, box) => {
    const data = box.dataset, text = (data.beriniaTexte || (box.labels[0] || box).textContent).replace(/\s+/g, " ").trim();
    if (!text) return warn("consentement sans texte") || consent;
    const canaux = data.beriniaConsentement.split(/[\s,]+/);
    return {
      canaux: consent ? [...new Set([...consent.canaux, ...canaux])] : canaux, accorde: true,
      texte: consent ? consent.texte + "\n" + text : text, version: data.beriniaVersion, page: page()
    };
  };

  const submitted = (form, event) => {
    const who = {}, data = {};
    let consent, trapped;
    for (const field of form.elements) {
      const isBox = /^(checkbox|radio)$/.test(field.type), marks = field.dataset;
      if ("beriniaPiege" in marks) trapped = trapped || field.value;
      else if (field.disabled || UNREAD.test(field.type) || isBox && !field.checked || field.closest("[data-berinia-ignore]"));
      else if (marks.beriniaConsentement) consent = agreed(consent, field);
      else if (field.name || marks.beriniaChamp) {
        const name = called(field), found = name && value(field);
        if (!found && found !== 0);
        else if (WORDS[name] && !isBox && !who[name]) who[name] = found;
        else data[name] = name in data ? [].concat(data[name], found) : found;
      }
    }
    if (trapped) return;
    const { email, telephone, prenom, nom } = who;
    if (!email && !telephone) return warn("ni email ni téléphone : rien n'est envoyé");
    report(event, { nom: [prenom, nom].filter(Boolean).join(" "), email, telephone }, data, consent);
  };

  // Consent is about keeping on the device what could not be sent, and who wrote: nothing else is ever kept.
  const consent = safely((given) => {
    may = given;
    if (!may) return sessionStorage.removeItem("berinia");
    const kept = JSON.parse(sessionStorage.getItem("berinia")) || { pending: [] };
    const found = kept.pending.filter((item) => !pending.some((other) => other.key === item.key));
    contact = contact || kept.contact;
    pending.push(...found);
    save();
    found.forEach(send);
  });

  const watch = safely(() => {
    if (!window.__tcfapi || watched) return;
    watched = true;
    window.__tcfapi("addEventListener", 2, safely((data, ok) => {
      if (ok && data.eventStatus !== "cmpuishown") consent(data.gdprApplies === false || data.purpose.consents[1]);
    }));
  });

  // berinia("demande_devis", {email: …}, {urgence: "haute"}), berinia("demande_devis", form), berinia("consent", true).
  const api = safely((name, who, data) => {
    if (name === "consent") consent(who);
    else if (who && who.elements) submitted(who, name);
    else report(name, who || contact, data);
  });
  api.consent = consent;
  // The page knows who is there, so that calls can be reported. Nothing is sent.
  api.contact = (who) => {
    contact = who;
    save();
  };

  on("submit", ({ target }) => {
    const name = target.getAttribute("data-berinia");
    if (name) submitted(target, name);
  });
  on("click", ({ target }) => {
    const link = target.closest('a[href^="tel:"]');
    if (!link || !contact || link.closest("[data-berinia-ignore]")) return;
    const name = "beriniaAppel" in link.dataset ? link.dataset.beriniaAppel : options.appels;
    if (name !== undefined) report(name || "clic_telephone", contact, { numero: link.href.slice(4) });
  });
  on("berinia:consent", (event) => consent(event.detail));
  window.addEventListener("load", watch);
  watch();

  const queued = (window.berinia || {}).q || [];
  window.berinia = api;
  queued.forEach((call) => api(...call));
})(window, document);
