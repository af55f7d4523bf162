import { siteCases } from "./cases/site.ts";
import { compareWithHaproxy } from "./suite.ts";

compareWithHaproxy("the same haproxy.cfg serves the same site", "sluice on haproxy.cfg", siteCases);
