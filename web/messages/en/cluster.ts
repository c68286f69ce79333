export const clusterEn = {} as const;
