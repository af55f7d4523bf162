import { Hono } from "hono";
import { compress } from "hono/compress";

const app = new Hono();
app.use(compress({ threshold: 0 }));
export default app;
