import { caseFamilies } from "./cases/catalog.ts";
import { compareWithHaproxy } from "./suite.ts";

compareWithHaproxy("the same configuration does the same", "sluice", caseFamilies);
