/** Bodies of the proxy's own errors. `return 200` in a location that an error led to keeps the error's status. */
export const errorBodies = {
  json: [
    "default_type application/json;",
    'return 200 "{\\"status\\":$status,\\"error\\":\\"$error_text\\",\\"request\\":\\"$trace_id\\"}\\n";',
  ],
  html: [
    "default_type text/html;",
    'return 200 "<!doctype html><title>$status</title><p>$status $error_text</p><p><small>$trace_id</small></p>\\n";',
  ],
};
