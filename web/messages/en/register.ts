export const registerEn = {} as const;
