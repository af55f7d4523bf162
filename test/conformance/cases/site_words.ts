/** The field of a user who says who it is. */
export const basic = (user: string, password: string): string =>
  `Authorization: Basic ${btoa(`${user}:${password}`)}`;
export const host = (name: string): string => `Host: ${name}`;
/** Two backends with one origin each. */
export const two = { main: ["server o1 ORIGIN1"], other: ["server o2 ORIGIN2"] };
