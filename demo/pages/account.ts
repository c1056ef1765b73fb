import { html, type Html } from '../html.ts'
import type { Customer } from '../shop/customer.ts'
import { field } from './field.ts'
import type { Page, Visit } from './visit.ts'

/** @param wrong what to say of the form that was just refused */
export function accountPage(visit: Visit, wrong: string | null = null): Page {
  const { words, customer } = visit
  return {
    status: wrong === null ? 200 : 422,
    title: `${words.accountTitle} — ${words.shop}`,
    hero: 'none',
    nudge: true,
    calls: [],
    body: html` <header class="page-head"><h1>${words.accountTitle}</h1></header>
      ${wrong !== null && html`<p class="notice notice-wrong" role="alert">${wrong}</p>`}
      ${customer === null ? forms(visit) : standing(visit, customer)}`,
  }
}

const standing = ({ words }: Visit, { email, name }: Customer): Html =>
  html` <p>${words.loggedInAs} <strong>${name === '' ? email : `${name} (${email})`}</strong></p>
    <form method="post" action="/account/log-out">
      <button class="button" type="submit">${words.logOut}</button>
    </form>`

const forms = ({ words }: Visit): Html =>
  html` <div class="doors">
    <form class="form" method="post" action="/account/log-in">
      <h2>${words.logIn}</h2>
      <p>${words.logInLine}</p>
      ${field({ label: words.email, name: 'email', id: 'log-in-email', type: 'email', autocomplete: 'email' })}
      <button class="button" type="submit">${words.logIn}</button>
    </form>
    <form class="form" method="post" action="/account/sign-up">
      <h2>${words.signUp}</h2>
      <p>${words.signUpLine}</p>
      ${field({ label: words.name, name: 'name', id: 'sign-up-name', autocomplete: 'name' })}
      ${field({ label: words.email, name: 'email', id: 'sign-up-email', type: 'email', autocomplete: 'email' })}
      <button class="button" type="submit">${words.signUp}</button>
    </form>
  </div>`
