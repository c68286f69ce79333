export const overviewEn = {} as const;
