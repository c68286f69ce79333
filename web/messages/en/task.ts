export const taskEn = {} as const;
