import process from "node:process";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";

const app = new Hono();
app.use("/admin/*", bearerAuth({ token: process.env.ADMIN_TOKEN ?? "s3cret" }));
export default app;
