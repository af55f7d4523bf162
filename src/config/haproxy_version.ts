/** The version of HAProxy whose language this is: what `version_atleast` compares with. */
export const haproxyVersion = "3.5-dev5";
