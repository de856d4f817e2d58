import type { Child, FC } from "hono/jsx";

import { browserPath } from "../browser/files.ts";
import { Form } from "./components/form.tsx";
import { Icon } from "./components/icon.tsx";
import { isWithin, sections } from "./sections.ts";
import { themes, type Theme, type View } from "./view.ts";

const Document: FC<{ title: string; theme: Theme; children?: Child }> = ({ title, theme, children }) => (
  <html lang="en" data-theme={theme}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="robots" content="noindex" />
      <title>{`${title} · Holdfast`}</title>
      <link rel="stylesheet" href={browserPath("admin.css")} />
      <script src={browserPath("admin.js")} defer></script>
    </head>
    <body>{children}</body>
  </html>
);

const Brand: FC = () => (
  <span class="brand">
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path
        d="M12 2v10M12 12c-5 0-7 3-8 9M12 12c5 0 7 3 8 9M12 12c-2 3-2.500 6-2.500 10M12 12c2 3 2.500 6 2.500 10M7 6c1.500 2.500 3 3.500 5 4M17 4c-1.500 2.500-3 3.500-5 4"
        fill="none"
        stroke="currentColor"
        stroke-width="1.800"
        stroke-linecap="round"
      />
    </svg>
    Holdfast
  </span>
);

/** A page for nobody in particular: signing in, and being kept out. */
export const BarePage: FC<{ title: string; theme: Theme; children?: Child }> = ({
  title,
  theme,
  children,
}) => (
  <Document title={title} theme={theme}>
    <main class="bare" id="content">
      <Brand />
      {children}
    </main>
  </Document>
);

/** A page of the dashboard. */
export const Page: FC<{ view: View; title: string; children?: Child }> = ({ view, title, children }) => (
  <Document title={title} theme={view.theme}>
    <a class="skip" href="#content">
      Skip to the content
    </a>
    <header class="top">
      <a class="home" href="/admin">
        <Brand />
      </a>
      <details class="account">
        <summary>
          <span class="who">{view.who.name}</span>
          <span class="role">{view.who.role ?? "own scopes"}</span>
        </summary>
        <div class="menu">
          <Form view={view} action="/admin/theme" class="themes">
            <input type="hidden" name="to" value={view.path} />
            <fieldset>
              <legend>Colours</legend>
              {themes.map((theme) => (
                <button name="theme" value={theme} aria-pressed={theme === view.theme ? "true" : "false"}>
                  {theme}
                </button>
              ))}
            </fieldset>
          </Form>
          {view.who.via === "key" ? (
            <Form view={view} action="/admin/sign-out">
              <button class="wide">Sign out</button>
            </Form>
          ) : (
            <a class="button wide" href="/cdn-cgi/access/logout">
              Sign out
            </a>
          )}
        </div>
      </details>
    </header>
    <nav class="sections" aria-label="Sections">
      <ul>
        {sections
          .filter(({ scope }) => view.can(scope))
          .map(({ path, label, icon }) => (
            <li>
              <a href={path} {...(isWithin(path, view.path) ? { "aria-current": "page" } : {})}>
                <Icon name={icon} />
                <span>{label}</span>
              </a>
            </li>
          ))}
      </ul>
    </nav>
    <main id="content" tabindex={-1}>
      {view.flash === null ? null : (
        <p class={`flash ${view.flash.kind}`} role={view.flash.kind === "failed" ? "alert" : "status"}>
          {view.flash.text}
        </p>
      )}
      <h1>{title}</h1>
      {children}
    </main>
  </Document>
);
