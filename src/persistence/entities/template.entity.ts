import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { StoredTemplate } from '../../core/stored-template.js';

/** One content of one version of a template; never changed. */
@Entity({ name: 'template', synchronize: false })
export class TemplateEntity {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') namespace!: string;
  @Column('text') name!: string;
  @Column('text') version!: string;
  @Column('text', { name: 'content_hash' }) contentHash!: string;
  @Column('json') definition!: StoredTemplate;
}
