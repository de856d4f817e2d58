import type { Child, FC } from "hono/jsx";

import type { View } from "../view.ts";

/**
 * A form that changes something. It carries the token of the session, and an idempotency key of its own, so that sending it
 * twice does it once. With `enctype`, it can hold a file.
 */
export const Form: FC<{
  view: View;
  action: string;
  class?: string;
  enctype?: "multipart/form-data";
  /** For controls that stand elsewhere on the page. */
  id?: string;
  label?: string;
  children?: Child;
}> = ({ view, action, class: className, enctype, id, label, children }) => (
  <form
    method="post"
    action={action}
    {...(className === undefined ? {} : { class: className })}
    {...(enctype === undefined ? {} : { enctype })}
    {...(id === undefined ? {} : { id })}
    {...(label === undefined ? {} : { "aria-label": label })}
  >
    <input type="hidden" name="form_token" value={view.who.formToken} />
    <input type="hidden" name="key" value={view.services.newId("req")} />
    {children}
  </form>
);

type FieldProps = {
  label: string;
  name: string;
  /** Where several forms of a page have a field of this name. */
  id?: string;
  hint?: string;
  /** What is wrong with what was sent. */
  error?: string | null;
};

/** The label, the hint and what is wrong, tied to the one control within. */
const Labeled: FC<FieldProps & { children?: Child }> = ({
  label,
  name,
  id = name,
  hint,
  error,
  children,
}) => (
  <div class={error === null || error === undefined ? "field" : "field wrong"}>
    <label for={id}>{label}</label>
    {children}
    {hint === undefined ? null : (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
    {error === null || error === undefined ? null : (
      <p class="error" id={`${id}-error`}>
        {error}
      </p>
    )}
  </div>
);

function described({ name, id = name, hint, error }: FieldProps) {
  const ids = [
    ...(hint === undefined ? [] : [`${id}-hint`]),
    ...(error === null || error === undefined ? [] : [`${id}-error`]),
  ];
  return {
    ...(ids.length === 0 ? {} : { "aria-describedby": ids.join(" ") }),
    ...(error === null || error === undefined ? {} : { "aria-invalid": "true" as const }),
  };
}

type InputType =
  | "text"
  | "number"
  | "email"
  | "url"
  | "password"
  | "search"
  | "datetime-local"
  | "date"
  | "file";

export const Field: FC<
  FieldProps & {
    type?: InputType;
    value?: string | number;
    required?: boolean;
    placeholder?: string;
    autocomplete?: string;
    pattern?: string;
    min?: number;
    max?: number;
    maxlength?: number;
    list?: string;
    accept?: string;
    autofocus?: boolean;
  }
> = ({ label, name, id = name, hint, error, type = "text", value, autocomplete = "off", ...rest }) => (
  <Labeled label={label} name={name} id={id} {...given({ hint, error })}>
    <input
      id={id}
      name={name}
      type={type}
      autocomplete={autocomplete}
      {...(value === undefined ? {} : { value: String(value) })}
      {...rest}
      {...described({ label, name, id, ...given({ hint, error }) })}
    />
  </Labeled>
);

export const TextArea: FC<
  FieldProps & { value?: string; rows?: number; required?: boolean; maxlength?: number }
> = ({ label, name, id = name, hint, error, value = "", ...rest }) => (
  <Labeled label={label} name={name} id={id} {...given({ hint, error })}>
    <textarea id={id} name={name} {...rest} {...described({ label, name, id, ...given({ hint, error }) })}>
      {value}
    </textarea>
  </Labeled>
);

export const Select: FC<
  FieldProps & {
    options: ReadonlyArray<{ readonly value: string; readonly label: string }>;
    value?: string | undefined;
  }
> = ({ label, name, id = name, hint, error, options, value }) => (
  <Labeled label={label} name={name} id={id} {...given({ hint, error })}>
    <select id={id} name={name} {...described({ label, name, id, ...given({ hint, error }) })}>
      {options.map((option) => (
        <option value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  </Labeled>
);

export const CheckBox: FC<{
  label: string;
  name: string;
  value?: string;
  checked?: boolean;
  hint?: string;
}> = ({ label, name, value = "on", checked = false, hint }) => (
  <label class="check">
    <input type="checkbox" name={name} value={value} checked={checked} />
    <span>
      {label}
      {hint === undefined ? null : <small>{hint}</small>}
    </span>
  </label>
);

/**
 * A step that asks before it acts, without a script: what was pressed opens, and says what will happen.
 */
export const Confirm: FC<{ label: string; tone?: "plain" | "danger"; children?: Child }> = ({
  label,
  tone = "plain",
  children,
}) => (
  <details class={`confirm ${tone}`}>
    <summary class={tone === "danger" ? "button danger" : "button"}>{label}</summary>
    <div class="confirm-body">{children}</div>
  </details>
);

function given({ hint, error }: { hint?: string | undefined; error?: string | null | undefined }) {
  return {
    ...(hint === undefined ? {} : { hint }),
    ...(error === undefined ? {} : { error }),
  };
}
