import type * as Swagger from '@nestjs/swagger';

type Swagger = typeof Swagger;

/**
 * OpenAPI decorators that do nothing where `@nestjs/swagger` is not installed: its releases follow Nest's majors, and
 * an application that wants no OpenAPI page must not need it.
 */
export const swagger: Swagger | null = load();

function load(): Swagger | null {
  try {
    // optional, so it cannot be an import
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require('@nestjs/swagger') as Swagger;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

const nothing = () => (): void => undefined;
const decorator = <K extends keyof Swagger>(name: K): Swagger[K] => swagger?.[name] ?? (nothing as never);

export const ApiBody = decorator('ApiBody');
export const ApiCreatedResponse = decorator('ApiCreatedResponse');
export const ApiExtension = decorator('ApiExtension');
export const ApiExtraModels = decorator('ApiExtraModels');
export const ApiHeader = decorator('ApiHeader');
export const ApiOkResponse = decorator('ApiOkResponse');
export const ApiOperation = decorator('ApiOperation');
export const ApiParam = decorator('ApiParam');
export const ApiProperty = decorator('ApiProperty');
export const ApiPropertyOptional = decorator('ApiPropertyOptional');
export const ApiQuery = decorator('ApiQuery');
export const ApiResponse = decorator('ApiResponse');
export const ApiSchema = decorator('ApiSchema');
export const ApiSecurity = decorator('ApiSecurity');
export const ApiServiceUnavailableResponse = decorator('ApiServiceUnavailableResponse');
export const ApiTags = decorator('ApiTags');
export const getSchemaPath: Swagger['getSchemaPath'] = swagger?.getSchemaPath ?? (() => '');
