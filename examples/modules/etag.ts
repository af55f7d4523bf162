import { Hono } from "hono";
import { etag } from "hono/etag";

const app = new Hono();
app.use("/pages/*", etag());
export default app;
