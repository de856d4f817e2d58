import type { FC } from "hono/jsx";

import { Field } from "../components/form.tsx";
import { BarePage } from "../layout.tsx";
import type { Theme } from "../view.ts";

/** Asks for a key. It goes out of the form once, and is kept by nobody. */
export const SignInPage: FC<{ theme: Theme; next: string; error?: string }> = ({ theme, next, error }) => (
  <BarePage title="Sign in" theme={theme}>
    <h1>Sign in</h1>
    <p class="lead">With a secret key of this engine. What you may see and do is what its scopes allow.</p>
    <form method="post" action="/admin/sign-in">
      <input type="hidden" name="next" value={next} />
      <Field
        label="Secret key"
        name="secret"
        type="password"
        required
        autofocus
        autocomplete="current-password"
        maxlength={140}
        error={error ?? null}
      />
      <button class="main wide">Sign in</button>
    </form>
  </BarePage>
);
