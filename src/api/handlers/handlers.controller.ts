import { Controller, Get, Param, UseFilters, UseInterceptors } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { compareBuild } from 'semver';
import type { Caller } from '../../auth/caller.js';
import { TaskerError } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';
import { TemplateCatalog, type CatalogEntry } from '../../persistence/template-catalog.js';
import { quoted, unfit } from '../../templates/written.js';
import { RequestCaller } from '../access/caller.decorator.js';
import { RequiresPermission } from '../access/requires-permission.decorator.js';
import { ApiProblems } from '../problem/api-problems.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { IsText } from '../request/checks.js';
import { CorrelationInterceptor } from '../request/correlation.js';
import { RequestQuery } from '../request/request-query.decorator.js';
import { handlerOf, namespacesOf } from './handler-view.js';
import { HandlerResource, NamespaceResource, NamespacesResource } from './handler.resource.js';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '../swagger.js';

class NoQuery {}

class VersionQuery {
  @IsOptional() @IsText() version?: string;
}

/** The task templates that this process has loaded. */
@ApiTags('Handlers')
@Controller('handlers')
@UseInterceptors(CorrelationInterceptor)
@UseFilters(ProblemFilter)
export class HandlersController {
  constructor(private readonly catalog: TemplateCatalog) {}

  @Get()
  @RequiresPermission('tasker.handler', 'index')
  @ApiOperation({ summary: 'List the task templates', description: 'By namespace and name.' })
  @ApiOkResponse({ type: NamespacesResource })
  @ApiProblems(400)
  list(@RequestQuery(NoQuery) _query: NoQuery, @RequestCaller() caller: Caller): NamespacesResource {
    const namespaces = namespacesOf(this.catalog.list().filter(({ template }) => caller.knows(template.namespace)));
    return { total_namespaces: namespaces.length, namespaces };
  }

  @Get(':namespace')
  @RequiresPermission('tasker.handler', 'index')
  @ApiOperation({ summary: 'List the task templates of a namespace' })
  @ApiParam({ name: 'namespace', example: 'payments' })
  @ApiOkResponse({ type: NamespaceResource })
  @ApiProblems(400, 404)
  namespace(
    @Param('namespace') wanted: string,
    @RequestQuery(NoQuery) query: NoQuery,
    @RequestCaller() caller: Caller,
  ): NamespaceResource {
    const { namespaces } = this.list(query, caller);
    const found = namespaces.find(({ namespace }) => namespace === wanted);
    if (found) return found;
    const names = namespaces.map(({ namespace }) => namespace);
    throw notFound(`There is no namespace ${quoted(wanted)}.${didYouMean(wanted.slice(0, 255), names)}`);
  }

  @Get(':namespace/:name')
  @RequiresPermission('tasker.handler', 'show')
  @ApiOperation({
    summary: 'Show a task template',
    description: 'One that only other processes have loaded is found in the database.',
  })
  @ApiParam({ name: 'namespace', example: 'payments' })
  @ApiParam({ name: 'name', description: 'A slash in it is written %2F', example: 'payment_processor' })
  @ApiQuery({ name: 'version', required: false, description: 'The highest if not given', example: '2.1.0' })
  @ApiOkResponse({ type: HandlerResource })
  @ApiProblems(400, 404)
  async show(
    @Param('namespace') namespace: string,
    @Param('name') name: string,
    @RequestQuery(VersionQuery) { version }: VersionQuery,
    @RequestCaller() caller: Caller,
  ): Promise<HandlerResource> {
    const known = this.catalog
      .list()
      .filter(({ template }) => template.namespace === namespace && template.name === name);
    const entry = await this.find(namespace, name, version);
    if (entry) return handlerOf(entry, known.includes(entry) ? known : [...known, entry].sort(highestFirst));
    if (known.length === 0) {
      // near names may be those of namespaces that the caller does not know
      const near = { namespace: namespace.slice(0, 255), name: name.slice(0, 255) };
      const hint = caller.namespaces === null ? this.catalog.suggest(near) : '';
      throw notFound(`There is no template ${quoted(name)} in the namespace ${quoted(namespace)}.${hint}`);
    }
    const versions = known.map(({ template }) => template.version);
    const hint = didYouMean(version!, versions);
    throw notFound(
      `The template ${quoted(`${namespace}.${name}`)} has no version ${quoted(version!)}.${hint} It has ${versions.join(', ')}.`,
    );
  }

  /** What PostgreSQL cannot read as text names nothing. */
  private async find(namespace: string, name: string, version?: string): Promise<CatalogEntry | null> {
    return [namespace, name].some((text) => unfit(text) !== null) ? null : this.catalog.find(namespace, name, version);
  }
}

const highestFirst = (a: CatalogEntry, b: CatalogEntry): number => compareBuild(b.template.version, a.template.version);

const notFound = (message: string): TaskerError => new TaskerError('template_not_found', message);
